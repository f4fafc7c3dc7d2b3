import Foundation
import Synchronization

/// Parses statistics away from the thread that polls: the JSON of a large cluster takes milliseconds.
final class StatisticsReader: Sendable {
    private let latest = Mutex<Statistics?>(nil)
    private let queue = DispatchQueue(label: "kafka.statistics", qos: .utility)

    var statistics: Statistics? { latest.withLock { $0 } }

    func read(_ json: Data) {
        queue.async {
            // JSON that cannot be read is a librdkafka with other names: the last good ones stay.
            guard let statistics = try? Statistics(json: json) else { return }
            self.latest.withLock { $0 = statistics }
        }
    }
}
