/// What a value says of a sample, before headers, defaults and limits are applied. Both formats end here.
struct SampleFields {
    var id: String?
    /// How many features there are, at the end of the vectors; nil when none were given.
    var featureCount: Int?
    var label: String?
    var weight: Int?
    var role: SampleRole?
    var wantsReasons: Bool?
}
