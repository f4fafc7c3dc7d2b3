/// What the headers of a dead letter say: which record was refused, by whom and why.
///
/// Key and value of a dead letter are the refused record's own bytes, and its headers stay. Added are Kafka
/// Connect's `__connect.errors.` headers, which other tools know, and Weir's `weir_error_code` and `weir_id`. A value that
/// is larger than the topic takes is cut, and `weir_cut_from_bytes` says how long it was: the record itself lies where
/// the account says.
///
/// Headers are added at the end, as Connect does it. A record that is refused again after a replay carries
/// both accounts, and ``init(headers:)`` reads the last.
public struct DeadLetter: Equatable, Sendable {
    /// The step at which the record was refused, by Connect's names.
    public enum Stage: String, CaseIterable, Sendable {
        /// The value was not a sample.
        case valueConverter = "VALUE_CONVERTER"
        /// The sample could not be answered or learned.
        case taskPut = "TASK_PUT"
    }

    /// The refused record.
    public var source: RecordSource
    /// The name of the service: Connect's connector name.
    public var connectorName: String
    /// Which of its workers it was: Connect's task id.
    public var taskID: Int
    /// The step at which it was refused.
    public var stage: Stage
    /// The type that refused it.
    public var className: String
    /// The type of the error.
    public var errorClassName: String
    /// The error in words.
    public var message: String
    /// The raw value of the ``RejectionCode``.
    public var code: String
    /// The same whenever the same record is refused by the same state of the stream, and by any when it cannot be read:
    /// readers drop repeats by it.
    public var id: String

    /// The account of a refused record.
    ///
    /// - Parameters:
    ///   - rejection: Why it was refused.
    ///   - source: The refused record.
    ///   - id: The same whenever the same record is refused by the same state of the stream.
    ///   - connectorName: The name of the service.
    ///   - taskID: Which of its workers it was.
    ///   - stage: The step at which it was refused.
    ///   - className: The type that refused it.
    public init(
        _ rejection: Rejection, source: RecordSource, id: String, connectorName: String, taskID: Int = 0,
        stage: Stage = .valueConverter, className: String = "Messages.SampleDecoder"
    ) {
        self.source = source
        self.connectorName = connectorName
        self.taskID = taskID
        self.stage = stage
        self.className = className
        errorClassName = "Messages.Rejection"
        message = rejection.message
        code = rejection.code.rawValue
        self.id = id
    }

    /// The headers of the dead letter: those of the record as they are, then the account.
    ///
    /// - Parameter original: The refused record's headers.
    public func headers(keeping original: [MessageHeader]) -> [MessageHeader] {
        original + [
            MessageHeader(name: Name.topic, text: source.topic),
            MessageHeader(name: Name.partition, text: String(source.partition)),
            MessageHeader(name: Name.offset, text: String(source.offset)),
            MessageHeader(name: Name.connector, text: connectorName),
            MessageHeader(name: Name.task, text: String(taskID)),
            MessageHeader(name: Name.stage, text: stage.rawValue),
            MessageHeader(name: Name.className, text: className),
            MessageHeader(name: Name.errorClassName, text: errorClassName),
            MessageHeader(name: Name.message, text: message),
            MessageHeader(name: Name.code, text: code),
            MessageHeader(name: Name.id, text: id),
        ]
    }

    /// Reads the account from headers. Of a name that repeats the last counts.
    ///
    /// - Parameter headers: The headers of a record.
    /// - Returns: nil when they are not those of a dead letter of Weir.
    public init?(headers: [MessageHeader]) {
        func text(_ name: String) -> String? {
            headers.last { $0.name.utf8.elementsEqual(name.utf8) }?.value.flatMap {
                String(validating: $0, as: UTF8.self)
            }
        }
        guard let topic = text(Name.topic), let partition = text(Name.partition).flatMap({ Int32($0) }),
            let offset = text(Name.offset).flatMap({ Int64($0) }), let connectorName = text(Name.connector),
            let taskID = text(Name.task).flatMap({ Int($0) }),
            let stage = text(Name.stage).flatMap(Stage.init(rawValue:)), let className = text(Name.className),
            let errorClassName = text(Name.errorClassName), let message = text(Name.message),
            let code = text(Name.code), let id = text(Name.id)
        else { return nil }
        source = RecordSource(topic: topic, partition: partition, offset: offset)
        self.connectorName = connectorName
        self.taskID = taskID
        self.stage = stage
        self.className = className
        self.errorClassName = errorClassName
        self.message = message
        self.code = code
        self.id = id
    }

    /// A dead letter whose value is shorter, for one that its topic does not take: by a sixteenth the first time, by half
    /// each time after that. Says how long the value was.
    ///
    /// - Returns: nil when there is nothing left to be cut.
    public static func cut(_ value: [UInt8], headers: [MessageHeader]) -> (
        value: [UInt8], headers: [MessageHeader]
    )? {
        guard !value.isEmpty else { return nil }
        // One that the record itself had stands before the account.
        let account = headers.lastIndex { $0.name == Name.id } ?? 0
        let whole = headers[account...].last { $0.name == Name.cutFrom }
        let length = whole == nil ? value.count - value.count / 16 - 1 : value.count / 2
        let header = whole ?? MessageHeader(name: Name.cutFrom, text: String(value.count))
        return (Array(value.prefix(length)), Array(headers.prefix(account + 1)) + [header])
    }

    private enum Name {
        static let topic = "__connect.errors.topic"
        static let partition = "__connect.errors.partition"
        static let offset = "__connect.errors.offset"
        static let connector = "__connect.errors.connector.name"
        static let task = "__connect.errors.task.id"
        static let stage = "__connect.errors.stage"
        static let className = "__connect.errors.class.name"
        static let errorClassName = "__connect.errors.exception.class.name"
        static let message = "__connect.errors.exception.message"
        static let code = "weir_error_code"
        static let id = "weir_id"
        static let cutFrom = "weir_cut_from_bytes"
    }
}
