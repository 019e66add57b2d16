"""A module for each fault. ``trials(stage, count, chance, tally)`` plays it against the product,
``control(stage, chance, tally)`` against one without the guard that keeps the damage away.
"""
