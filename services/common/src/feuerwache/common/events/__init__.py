"""Every event and command of the contract, as pydantic models: the only source of their schemas."""
