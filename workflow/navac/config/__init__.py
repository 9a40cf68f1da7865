"""The configuration of a campaign: pure data. It knows no other package."""

from navac.config.campaign import Config, load_config, parse
from navac.config.explain import ConfigError

__all__ = ["Config", "ConfigError", "load_config", "parse"]
