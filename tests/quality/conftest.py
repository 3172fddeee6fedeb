from issues.conftest import city

__all__ = ["city"]
