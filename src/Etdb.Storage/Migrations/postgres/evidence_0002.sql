-- Calls (kind 6) are read as pages of their own; between two of them may lie a million audits.
create index evidence_calls on evidence (sequence) where kind = 6;
