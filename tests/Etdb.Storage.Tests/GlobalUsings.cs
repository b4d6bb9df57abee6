global using Etdb.Testing.Postgres;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
