"""PostgreSQL: schema, claim, unit of work, migrations."""
