/// What a value says of frames, before key, headers, defaults and limits are applied. Both formats end here.
struct FrameFields {
    var session: String?
    var sequence: Int64?
    /// How many values there are, at the end of the vectors; nil when none were given.
    var valueCount: Int?
    var count: Int?
    var label: String?
    var role: SampleRole?
    var wantsReasons: Bool?
    var isEnd: Bool?
    var answersLastOnly: Bool?
}
