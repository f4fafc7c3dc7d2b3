/// Why a record was refused. The raw values are part of the wire: dashboards count them and dead letters carry
/// them, so a value is never renamed or given another meaning.
public enum RejectionCode: String, CaseIterable, Sendable {
    /// The record has no value at all (a Kafka null).
    case tombstone = "E_TOMBSTONE"
    /// The value has no bytes.
    case empty = "E_EMPTY"
    /// The value is larger than the limit.
    case tooLarge = "E_TOO_LARGE"
    /// The `content-type` header names a format that is not read.
    case contentType = "E_CONTENT_TYPE"
    /// The value is not the JSON that was expected.
    case json = "E_JSON"
    /// The value is not the Protocol Buffers message that was expected.
    case protobuf = "E_PROTOBUF"
    /// Neither the value nor the header `ce_id` names the sample.
    case noID = "E_NO_ID"
    /// The id is empty, too long, not text, or has control characters.
    case id = "E_ID"
    /// There are no features.
    case noFeatures = "E_NO_FEATURES"
    /// There are more or fewer features than the stream has dimensions.
    case dimension = "E_DIMENSION"
    /// A feature is NaN, infinite, null, or too large for a 32-bit float.
    case notFinite = "E_NOT_FINITE"
    /// The element type of a tensor is missing or unknown.
    case dtype = "E_DTYPE"
    /// The shape of a tensor is missing, impossible, or does not agree with its data.
    case shape = "E_SHAPE"
    /// The data of a tensor is not base64.
    case base64 = "E_BASE64"
    /// The label is empty, too long, neither text nor a whole number, or has control characters.
    case label = "E_LABEL"
    /// The weight is not a whole number from 1 to 10000.
    case weight = "E_WEIGHT"
    /// The role is not one of auto, train and holdout.
    case role = "E_ROLE"
    /// The wish for reasons is neither true nor false.
    case explain = "E_EXPLAIN"
    /// Neither the value nor the record's key names the session of a frame.
    case noSession = "E_NO_SESSION"
    /// The session's name is empty, too long, not text, or has control characters.
    case session = "E_SESSION"
    /// The frame's number is missing or not a whole number from 0 to 2^53.
    case sequence = "E_SEQ"
    /// How many frames there are, which are answered, or whether the session ends is not said as it must be.
    case frames = "E_FRAMES"
    /// Two places say different things of one sample.
    case conflict = "E_CONFLICT"
    /// The label would be one class more than the stream may have.
    case classLimit = "E_CLASS_LIMIT"
    /// The sums that are kept exactly have no more room for samples.
    case full = "E_FULL"
    /// The instruction is unknown, or a member is missing or does not belong to it.
    case instruction = "E_INSTRUCTION"
    /// There is nothing to take back, delete, rename or merge: what the instruction speaks of was not learned.
    case notLearned = "E_NOT_LEARNED"
}
