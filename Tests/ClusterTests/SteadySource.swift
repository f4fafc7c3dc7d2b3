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
                let source = try SampleSource([
                    "message.timeout.ms": "120000", "enable.idempotence": "true", "acks": "all",
                ])
                var number = 0
                while !isStopped.load(ordering: .relaxed) {
                    for _ in 0..<10 {
                        let place = Int32(number % partitions)
                        if badEvery > 0, number % badEvery == badEvery - 1 {
                            let id = "bad-\(number)"
                            try source.queue(
                                Array("{\(id)".utf8), id: id, to: topic, partition: place, key: id)
                        } else {
                            try source.queue("s", number..<(number + 1), to: topic, partition: place)
                        }
                        number += 1
                    }
                    Thread.sleep(forTimeInterval: pause)
                }
                source.close(timeoutMilliseconds: 120_000)
                result = .success(source.acknowledged)
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            finished.signal()
        }.start()
    }

    /// Ends it; gives the ids of all that has arrived for certain.
    func stop() throws -> Set<String> {
        isStopped.store(true, ordering: .relaxed)
        finished.wait()
        return try outcome.withLock { try $0.get() }
    }
}
