"""Adapters from changing lists to Qt's item models.

- `table_model`: rows of any frozen value, columns as functions of a row; updates keep selection and scroll place.
- `tree_model`: the navigator's tree out of plain nodes.
"""
