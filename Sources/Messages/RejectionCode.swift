import JSON

/// Why a record was refused. The raw values are part of the wire: dashboards count them and dead letters carry
/// them, so a value is never renamed or given another meaning.
public typealias RejectionCode = JSON.RejectionCode

extension RejectionCode {
    /// The record has no value at all (a Kafka null).
    public static let tombstone = RejectionCode(rawValue: "E_TOMBSTONE")
    /// The value has no bytes.
    public static let empty = RejectionCode(rawValue: "E_EMPTY")
    /// The value is larger than the limit.
    public static let tooLarge = RejectionCode(rawValue: "E_TOO_LARGE")
    /// The `content-type` header names a format that is not read.
    public static let contentType = RejectionCode(rawValue: "E_CONTENT_TYPE")
    /// The value is not the Protocol Buffers message that was expected.
    public static let protobuf = RejectionCode(rawValue: "E_PROTOBUF")
    /// Neither the value nor the header `ce_id` names the sample.
    public static let noID = RejectionCode(rawValue: "E_NO_ID")
    /// The id is empty, too long, not text, or has control characters.
    public static let id = RejectionCode(rawValue: "E_ID")
    /// There are no features.
    public static let noFeatures = RejectionCode(rawValue: "E_NO_FEATURES")
    /// There are more or fewer features than the stream has dimensions.
    public static let dimension = RejectionCode(rawValue: "E_DIMENSION")
    /// A feature is NaN, infinite, null, or too large for a 32-bit float.
    public static let notFinite = RejectionCode(rawValue: "E_NOT_FINITE")
    /// The element type of a tensor is missing or unknown.
    public static let dtype = RejectionCode(rawValue: "E_DTYPE")
    /// The shape of a tensor is missing, impossible, or does not agree with its data.
    public static let shape = RejectionCode(rawValue: "E_SHAPE")
    /// The data of a tensor is not base64.
    public static let base64 = RejectionCode(rawValue: "E_BASE64")
    /// The label is empty, too long, neither text nor a whole number, or has control characters.
    public static let label = RejectionCode(rawValue: "E_LABEL")
    /// The weight is not a whole number from 1 to 10000.
    public static let weight = RejectionCode(rawValue: "E_WEIGHT")
    /// The role is not one of auto, train and holdout.
    public static let role = RejectionCode(rawValue: "E_ROLE")
    /// The wish for reasons is neither true nor false.
    public static let explain = RejectionCode(rawValue: "E_EXPLAIN")
    /// Neither the value nor the record's key names the session of a frame.
    public static let noSession = RejectionCode(rawValue: "E_NO_SESSION")
    /// The session's name is empty, too long, not text, or has control characters.
    public static let session = RejectionCode(rawValue: "E_SESSION")
    /// The frame's number is missing or not a whole number from 0 to 2^53.
    public static let sequence = RejectionCode(rawValue: "E_SEQ")
    /// How many frames there are, which are answered, or whether the session ends is not said as it must be.
    public static let frames = RejectionCode(rawValue: "E_FRAMES")
    /// Two places say different things of one sample.
    public static let conflict = RejectionCode(rawValue: "E_CONFLICT")
    /// The label would be one class more than the stream may have.
    public static let classLimit = RejectionCode(rawValue: "E_CLASS_LIMIT")
    /// The sums that are kept exactly have no more room for samples.
    public static let full = RejectionCode(rawValue: "E_FULL")
    /// The instruction is unknown, or a member is missing or does not belong to it.
    public static let instruction = RejectionCode(rawValue: "E_INSTRUCTION")
    /// There is nothing to take back, delete, rename or merge: what the instruction speaks of was not learned.
    public static let notLearned = RejectionCode(rawValue: "E_NOT_LEARNED")
    /// The network's output for a frame is NaN or infinite.
    public static let output = RejectionCode(rawValue: "E_OUTPUT")

    /// Every code of a record, in the order of `schemas/dead-letter-headers.schema.json`.
    public static let allCases: [RejectionCode] = [
        .tombstone, .empty, .tooLarge, .contentType, .json, .protobuf, .noID, .id, .noFeatures,
        .dimension, .notFinite, .dtype, .shape, .base64, .label, .weight, .role, .explain,
        .noSession, .session, .sequence, .frames, .conflict, .classLimit, .full, .instruction,
        .notLearned, .output,
    ]
}
