import KafkaBasics
import Messages

extension InputLog {
    /// Above so many partitions of a topic the lag is given as their sum.
    private static let partitionsListed = 64

    /// Records of each place that are in the topic and not processed, without a value before that is known and while its
    /// leader is away; and records that were lost.
    func metrics() -> [Metric] {
        let current = log.currentEnds()
        let byTopic = Dictionary(grouping: positions) { $0.key.topic }
        let lags = byTopic.flatMap { topic, positions in
            let lags = positions.map { place, position in
                // What is known now may be older than what the start was told, and nothing may be known yet.
                let first = firstEnds[place]
                let end = current.map { $0[place] } ?? first
                return (place.partition, end.map { Double(max(0, max($0, first ?? 0) - position)) })
            }
            guard lags.count > Self.partitionsListed else {
                return lags.map { Metric(.inputLag, topic, "\($0)", value: $1, orAbsent: .notKnownYet) }
            }
            let known = lags.compactMap { $0.1 }
            let sum = known.count == lags.count ? known.reduce(0, +) : nil
            return [Metric(.inputLag, topic, "all", value: sum, orAbsent: .notKnownYet)]
        }
        return lags + [Metric(.recordsLost, value: lost)]
    }
}
