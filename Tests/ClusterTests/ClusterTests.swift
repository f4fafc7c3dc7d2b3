import TestSupport
import Testing

/// Everything against a real cluster.
///
/// Each suite within runs its tests one after the other; the suites run beside each other, as they wait more than they
/// compute. What ends brokers is in the long half, which runs without any two tests beside each other.
@Suite(.waiting, .enabled(if: Cluster.isThere, "scripts/test-kafka names a cluster"))
enum ClusterTests {}
