insert into evidence values (1, '2026-01-01T00:00:00.0000000+00:00', 0, 'd1', 'n1', 'verified', 0, 0, 'cluster', '{}', '', 'aa');
