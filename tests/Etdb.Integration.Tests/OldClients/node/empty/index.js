// Stands for the IPFS clients of the old programs, which pull in half of npm of 2018 and are not asked for anything here.
module.exports = function () { return {} }
