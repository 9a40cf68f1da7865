"""The configuration of a campaign: pure data. It knows no other package."""

from navac.config.campaign import Config, ConfigError, load_config, parse

__all__ = ["Config", "ConfigError", "load_config", "parse"]
