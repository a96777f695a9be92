"""Drills: does a page really reach these people, by each of their contacts, and how fast?"""
