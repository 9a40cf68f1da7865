"""The section ``expansion``: the cluster expansion and its fit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Number, Positive, Section


class ExpansionSection(Section):
    """The cluster expansion and its fit."""

    cutoffs_A: dict[int, Positive] = Field(
        description="longest pair distance in clusters of 2, 3, … sites, Å"
    )
    basis: Literal["chebyshev", "trigonometric", "indicator"] = Field(
        "chebyshev", description="functions of a site: chebyshev, trigonometric or indicator"
    )
    charges: dict[str, Number] = Field(
        default_factory=dict,
        description="nominal charges, e, of an electrostatic term with fitted ε; {} for none",
    )
    regression: Literal[
        "lasso", "lasso_cv", "ridge", "ard", "adaptive_lasso", "group_lasso", "group_ard"
    ] = Field(
        "lasso",
        description="lasso (alpha_eV), or adaptive, by CV, in groups; ridge; ard, group_ard",
    )
    alpha_eV: Annotated[Positive, Field(le=0.1)] = Field(
        1e-4,
        description="L1 penalty of lasso, eV; the other regressions choose their own penalties",
    )
    max_terms_share: Annotated[Positive, Field(lt=1)] | None = Field(
        None,
        description="lasso: alpha_eV doubles until terms / energies is below this; null for never",
    )
    refit: bool = Field(
        True, strict=True, description="refit the selected terms without the penalty"
    )
    folds: Annotated[Count, Field(ge=2)] = Field(
        10, description="number of folds in cross-validation; at least 2"
    )
    fold_by: Literal["ordering", "composition"] = Field(
        "ordering",
        description="what cross-validation leaves out together: an ordering or a composition",
    )
    hull_weight_meV_per_fu: Positive | None = Field(
        None,
        description="weight by exp(-energy above hull / this), meV per formula unit; null for none",
    )
    balance_compositions: bool = Field(
        False,
        strict=True,
        description="weight every composition equally, however many orderings it has",
    )
    outlier_sigmas: Annotated[Positive, Field(ge=3)] | None = Field(
        None,
        description="leave out energies this many sigma off, at least 3; null only reports them",
    )

    @validator("cutoffs_A")
    @classmethod
    def _orders(cls, cutoffs: dict[int, float]) -> dict[int, float]:
        if not cutoffs or min(cutoffs) < 2:
            raise ValueError("cutoffs are for clusters of 2 and more sites; remove 0 and 1")
        if max(cutoffs.values()) > 25:
            raise ValueError("a cutoff is longer than 25 Å; give lengths in Å")
        return cutoffs
