"""The same physics on finer and finer grids; lists may be computed where they have a rule."""

STUDY = {
    "name": "resolutions",
    "scenario": ["norm_adv", "norm_burgers"],
    "net": [f"Conv;34;{depth};relu" for depth in (5, 10, 20)],
    "optim": "adamw;10_000;warmup_cosine;0.0;1e-3;2_000;decay=1e-4",
    "seeds": range(5),
    "vary": {"points": [40 * 2**level for level in range(4)]},
}
