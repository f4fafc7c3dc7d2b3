import TestSupport
import Testing

/// Everything against a real cluster; one test after the other, as they share its brokers.
@Suite(.serialized, .waiting, .enabled(if: Cluster.isThere, "scripts/test-kafka names a cluster"))
enum ClusterTests {}
