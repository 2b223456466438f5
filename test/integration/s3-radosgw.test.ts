/** Remote and witness on Ceph's radosgw: contracts directly, through the proxy and behind the stub; all faults. */
import { remoteContract } from '../contracts/remote-contract.ts';
import { witnessContract } from '../contracts/witness-contract.ts';
import { startAmazonChecksumStub } from '../support/servers/amazon-checksum-stub.ts';
import { startFaultProxy } from '../support/servers/fault-proxy.ts';
import { onServer } from '../support/servers/on-server.ts';
import { shareOneError } from '../support/servers/one-realm.ts';
import { startRadosgw } from '../support/servers/real-servers.ts';
import { amazonStubSuite } from './s3-amazon-stub-suite.ts';
import { contractBench, straight } from './s3-bench.ts';
import { faultsSuite } from './s3-faults-suite.ts';
import { multipartSuite } from './s3-multipart-suite.ts';

shareOneError();

onServer(await startRadosgw(), (server) => {
  remoteContract('radosgw', () => contractBench(server, straight));
  witnessContract('radosgw', { asking: 'B' }, () => contractBench(server, straight));
  remoteContract('radosgw by proxy', () => contractBench(server, startFaultProxy));
  witnessContract('radosgw by proxy', { asking: 'B' }, () =>
    contractBench(server, startFaultProxy),
  );
  const stub = () => contractBench(server, startAmazonChecksumStub, 'xxh64');
  remoteContract('a stub of Amazon', stub);
  witnessContract('a stub of Amazon', { asking: 'B' }, stub);
  faultsSuite(server);
  multipartSuite(server);
  amazonStubSuite(server);
});
