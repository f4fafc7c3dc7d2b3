import Kafka
import Synchronization
import Testing

/// What a test keeps of a record after its batch is gone.
struct Copy: Equatable {
    let topic: String
    let partition: Int32
    let offset: Int64
    let timestamp: Int64?
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [Header]

    init(_ record: Record) {
        topic = record.topic
        partition = record.partition
        offset = record.offset
        timestamp = record.timestampMilliseconds
        key = record.key.map(Array.init)
        value = record.value.map(Array.init)
        headers = record.headers()
    }

    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}

/// Delivery reports, gathered on the producer's thread and read by the test.
final class Reports: Sendable {
    private let gathered = Mutex<[Producer.DeliveryReport]>([])

    var all: [Producer.DeliveryReport] { gathered.withLock { $0 } }

    func add(_ report: Producer.DeliveryReport) { gathered.withLock { $0.append(report) } }
}

/// Long enough for a busy machine; a test that passes never waits for it.
let patience = Duration.seconds(30)

func makeProducer(
    _ servers: String, _ properties: [String: String] = [:], queueFullTimeoutMilliseconds: Int = 30_000,
    reports: Reports = Reports()
) throws -> Producer {
    try Producer(
        properties: EmbeddedBroker.clientProperties.merging(["bootstrap.servers": servers]) { $1 }
            .merging(properties) { $1 },
        queueFullTimeoutMilliseconds: queueFullTimeoutMilliseconds, onDelivery: { reports.add($0) })
}

func makeConsumer(_ servers: String, _ properties: [String: String] = [:]) throws -> Consumer {
    try Consumer(
        properties: EmbeddedBroker.clientProperties
            .merging(["bootstrap.servers": servers, "group.id": "readers", "auto.offset.reset": "earliest"]) {
                $1
            }
            .merging(properties) { $1 })
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Sends texts numbered from `range` to a partition and waits until they are there.
func fill(_ producer: Producer, _ topic: String, partition: Int32 = 0, _ range: Range<Int>) throws {
    for number in range {
        try producer.send(
            topic: topic, partition: partition, key: nil, value: bytes("\(number)"), ticket: number)
    }
    try producer.flush(timeoutMilliseconds: 20_000)
}

/// Polls until `isEnough`, and gives what was read.
func read(
    _ consumer: Consumer, maximum: Int = 1_000, until isEnough: ([Copy]) -> Bool
) throws -> [Copy] {
    var copies: [Copy] = []
    let end = ContinuousClock.now + patience
    while !isEnough(copies) {
        try #require(ContinuousClock.now < end, "read \(copies.count) records, waiting for more")
        let batch = try consumer.poll(maximum: maximum, timeoutMilliseconds: 100)
        for index in 0..<batch.count { copies.append(Copy(batch[index])) }
        if let error = batch.errors.first { throw error }
    }
    return copies
}

/// Waits until something is so.
func wait(for what: String, _ isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + patience
    while try !isSo() { try #require(ContinuousClock.now < end, "waited too long for \(what)") }
}
