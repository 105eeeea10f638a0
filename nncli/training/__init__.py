"""The training loop: epochs, metrics, stopping. It knows neither YAML nor disk."""
