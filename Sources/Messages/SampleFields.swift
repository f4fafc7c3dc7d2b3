/// What a value says of a sample, before headers, defaults and limits are applied. Both formats end here.
struct SampleFields {
    var id: String?
    var features: [Float]?
    var label: String?
    var weight: Int?
    var role: SampleRole?
    var wantsReasons: Bool?
}
