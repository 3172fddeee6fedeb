"""Where the data lives, how it is unified and how it leaves. Knows nothing of the orchestrator."""
