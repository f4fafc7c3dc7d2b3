import Streaming
import Testing

@Suite struct PaceTests {
    @Test(
        "Slow records are taken fewer at once, until a turn takes half a second; quick ones more, up to the most"
    )
    func adapts() {
        var pace = Pace(most: 8_192)
        #expect(pace.records == 512)
        // Ten milliseconds each.
        for _ in 0..<5 { pace.note(pace.records, took: .milliseconds(10 * pace.records)) }
        #expect(pace.records == 64)
        // Two milliseconds each.
        for _ in 0..<20 { pace.note(pace.records, took: .milliseconds(2 * pace.records)) }
        #expect(pace.records * 2 <= 500 && pace.records * 2 > 100)
        for _ in 0..<20 { pace.note(pace.records, took: .microseconds(10 * pace.records)) }
        #expect(pace.records == 8_192)
        // A few that take long say nothing of many.
        pace.note(1, took: .seconds(2))
        #expect(pace.records == 64)
        #expect(Pace(most: 8).records == 8)
    }
}
