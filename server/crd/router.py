"""Routes."""

from fastapi import APIRouter


def router() -> APIRouter:
    """The routes."""
    return APIRouter()
