"""Why a network does or does not learn."""
