// The libraries of the browser and the downloader (oip-js 1.1.20) and of the pin bot (oip-index), unchanged, against the address given. Writes what they read as one line of JSON.
const { OIPJS } = require('oip-js')
const { Index } = require('oip-index')

const [base, publisher, txid, reference] = process.argv.slice(2)
const call = f => new Promise((resolve, reject) => f(resolve, reject))
const show = a => a && ({
  txid: a.getTXID(), title: a.getTitle(), species: a.getDetail('speciesName'), location: a.getLocation(), type: a.getType(), subtype: a.getSubtype(),
  address: a.getMainAddress(), files: a.getFiles().map(f => f.getFilename())
})

async function main () {
  const core = new OIPJS({ OIPdURL: base, backupOIPdURL: 'http://127.0.0.1:1', runIPFSAPIUpload: false, runIPFSAPICluster: false, indexFilters: { publisher } })
  const out = {}
  out.browse = (await call((ok, no) => core.Index.getArtifacts('*', ok, no))).map(show)
  out.supported = (await call((ok, no) => core.Index.getSupportedArtifacts(ok, no))).length
  out.summary = (await call((ok, no) => core.Network.OIPdRequest('get', '/research/tomogram/summary', {}, ok, no))).data
  core.Index.db.set('SupportedArtifacts', []).write() // so that the next one is asked for
  out.one = show(await call((ok, no) => core.Index.getArtifactFromID(txid.slice(0, 6), ok, no)))
  out.search = (await call((ok, no) => core.Index.search({ 'search-for': 'better' }, ok, no))).map(show)
  out.featured = (await call((ok, no) => core.Index.search({ protocol: 'media', searchOn: ['sid', 'lab'], searchFor: ['test-1', 'Test lab'] }, ok, no))).map(show)
  out.publishers = await call((ok, no) => core.Index.getRegisteredPublishers(ok, no))
  out.publisher = await call((ok, no) => core.Index.getPublisher(publisher, ok, no))
  core.Index.db.set('Publishers', []).write()
  out.publisherSought = await call((ok, no) => core.Index.getPublisher(publisher, ok, no))
  out.info = await call((ok, no) => core.Data.getOIPdInfo(ok, no))

  const index = new Index({ OIPdURL: base })
  out.pinbot = (await index.getArtifacts('Research', 'Tomogram', '*')).map(a => a.getLocation())
  out.indexOne = show(await index.getArtifact(txid))
  out.indexNone = await index.getArtifact('ffffffffff')
  out.comments = await index.searchFloData(reference.slice(0, 10))
  out.indexSearch = (await index.search('better')).response.length
  console.log(JSON.stringify(out))
}

main().then(() => process.exit(0), e => { console.error(e && (e.stack || JSON.stringify(e))); process.exit(1) })
