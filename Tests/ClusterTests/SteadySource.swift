import Foundation
import Kafka
import Synchronization

/// Sends samples on a thread of its own, on and on, whatever becomes of the brokers.
final class SteadySource: Sendable {
    private let isStopped = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)
    private let outcome = Mutex<Result<Set<String>, any Error>>(.success([]))

    /// Begins.
    ///
    /// - Parameters:
    ///   - pause: between two handfuls, in seconds.
    ///   - badEvery: one record of so many is none that can be read; 0 for none.
    init(to topic: String, partitions: Int, pause: Double = 0.05, badEvery: Int = 0) {
        Thread { [self] in
            let result: Result<Set<String>, any Error>
            do {
                var acknowledged: Set<String> = []
                var number = 0
                while !isStopped.load(ordering: .relaxed) {
                    let source = try SampleSource([
                        "message.timeout.ms": "120000", "enable.idempotence": "true", "acks": "all",
                    ])
                    do {
                        while !isStopped.load(ordering: .relaxed) {
                            for _ in 0..<10 {
                                number += 1
                                try Self.queue(
                                    number, source, topic, Int32(number % partitions),
                                    isBad: badEvery > 0 && number % badEvery == 0)
                            }
                            Thread.sleep(forTimeInterval: pause)
                        }
                    } catch let error as KafkaError where error.isFatal {
                        // An idempotent producer of librdkafka before 2.3 gives up for good when brokers die at the wrong
                        // moment. What it has no word of counts as not sent.
                    }
                    source.close(timeoutMilliseconds: 120_000)
                    acknowledged.formUnion(source.acknowledged)
                }
                result = .success(acknowledged)
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            finished.signal()
        }.start()
    }

    private static func queue(
        _ number: Int, _ source: SampleSource, _ topic: String, _ partition: Int32, isBad: Bool
    ) throws {
        guard isBad else {
            _ = try source.queue("s", number..<(number + 1), to: topic, partition: partition)
            return
        }
        let id = "bad-\(number)"
        try source.queue(Array("{\(id)".utf8), id: id, to: topic, partition: partition, key: id)
    }

    /// Ends it; gives the ids of all that has arrived for certain.
    func stop() throws -> Set<String> {
        isStopped.store(true, ordering: .relaxed)
        finished.wait()
        return try outcome.withLock { try $0.get() }
    }
}
