"""Configurations as the reference benchmark writes them: one dict each, its own names."""

NETS = ("Conv;26;10;relu", "FNO;12;8;4;gelu")

CONFIGS = [
    {
        "scenario": "diff_adv",
        "task": "predict",
        "net": net,
        "train": "one",
        "start_seed": 0,
        "num_seeds": 10,
        "num_points": points,
        "advection_gamma": gamma,
        "report_metrics": "mean_nRMSE,mean_correlation",
    }
    for net in NETS
    for points, gamma in ((160, -4.0), (160, -10.5))
]
