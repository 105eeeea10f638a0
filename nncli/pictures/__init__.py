"""Pictures of runs and studies: what each kind needs is gathered here, and drawn in `report/plots/`."""
