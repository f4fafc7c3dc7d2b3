import Foundation
import Messages
import Testing

@Suite struct MetricCatalogueTests {
    @Test func namesFollowTheRules() throws {
        for metric in MetricCatalogue.all {
            #expect(metric.name.wholeMatch(of: /weir_[a-z][a-z0-9_]*[a-z0-9]/) != nil, "\(metric.name)")
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect((metric.unit == "ratio") == metric.name.hasSuffix("_ratio"), "\(metric.name)")
            for unit in ["seconds", "bytes"] {
                #expect((metric.unit == unit) == metric.name.hasSuffix("_\(unit)"), "\(metric.name)")
            }
            #expect(!metric.name.contains("microseconds") && !metric.help.isEmpty, "\(metric.name)")
            for label in metric.labels { #expect(label.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil) }
            for text in [metric.help, metric.absence] { #expect(!text.contains("|") && !text.contains("\n")) }
            #expect(MetricCatalogue.definition(named: metric.name) == metric)
        }
        #expect(MetricCatalogue.definition(named: "accuracy") == nil)
    }

    @Test("Every metric that is declared is in the catalogue")
    func isComplete() throws {
        let folder = repository.appendingPathComponent("Sources/Messages")
        var declared = 0
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.lastPathComponent.hasPrefix("MetricDefinition+") {
            let source = try String(contentsOf: file, encoding: .utf8)
            declared += source.matches(of: /= MetricDefinition\(/).count
        }
        #expect(declared == MetricCatalogue.all.count)
    }

    @Test("docs/metrics.md is the catalogue; WEIR_WRITE_DOCS=1 writes it")
    func page() throws {
        let file = repository.appendingPathComponent("docs/metrics.md")
        if ProcessInfo.processInfo.environment["WEIR_WRITE_DOCS"] == "1" {
            try MetricCatalogue.page.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == MetricCatalogue.page)
    }
}
