global using Etdb.Ledger.Flo;
global using Etdb.Ledger.Flo.Addresses;
global using Etdb.Ledger.Flo.Consensus;
global using Etdb.Ledger.Flo.Crypto;
global using Etdb.Ledger.Flo.Scripts;
global using Etdb.Ledger.Flo.Wire;
