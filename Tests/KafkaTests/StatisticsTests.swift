import Foundation
import Kafka
import Testing

/// The JSON of librdkafka, in which brokers' names and topics stand.
@Suite struct StatisticsTests {
    private static let whole = #"""
        {"time":5,"rx_bytes":7,"tx_bytes":9,"more":[{"x":null}],
         "brokers":{"b":{"name":"b:9092/1","nodeid":1,"state":"UP"}},
         "topics":{"t":{"topic":"t","partitions":{"0":{"partition":0,"desired":true,"leader":1,"fetchq_cnt":2,
         "fetchq_size":20,"app_offset":3,"hi_offset":9,"ls_offset":8}}}}}
        """#

    @Test func readsWhatItNeeds() throws {
        let statistics = try Statistics(json: Data(Self.whole.utf8))
        #expect(statistics.timestampMilliseconds == 5_000)
        #expect(statistics.brokers.map(\.name) == ["b:9092/1"])
        #expect(statistics.lag(of: TopicPartition(topic: "t", partition: 0)) == 5)
        #expect(statistics.queuedMessages == 2)
        let partition = statistics.partition(TopicPartition(topic: "t", partition: 0))
        #expect(partition?.stableEnd == 8 && partition?.highWatermark == 9)
        #expect(partition?.isLeaderConnected == true)
        let away = try Statistics(json: Data(Self.whole.replacing("\"UP\"", with: "\"DOWN\"").utf8))
        #expect(away.partitions.allSatisfy { !$0.isLeaderConnected })
    }

    @Test(arguments: [
        String(repeating: "[", count: 100_000),
        whole.replacing("[{\"x\":null}]", with: String(repeating: "[", count: 100_000)),
        whole.replacing("\"rx_bytes\":7", with: "\"rx_bytes\":\"7\""),
    ])
    func refuses(text: String) {
        #expect(throws: (any Error).self) { try Statistics(json: Data(text.utf8)) }
    }

    @Test func everyCutIsRefused() {
        let bytes = Data(Self.whole.utf8)
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self) { try Statistics(json: bytes.prefix(length)) }
        }
    }
}
