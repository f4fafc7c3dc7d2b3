import Arguments
import Glibc
import Kafka
import KafkaStreaming
import Log
import Messages
import Streaming

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn from a stream and answer it, until stopped.",
        discussion: """
            SIGTERM and Ctrl-C finish what is in hand, flush, commit, write a snapshot and exit 0. After a crash a
            restart goes on where the outputs had arrived.

              weir serve --config weir.yaml
              weir serve --config weir.yaml --log-format json 2>> weir.log
            """)

    @OptionGroup var source: ConfigurationSource
    @Option(help: "How log lines are written, in the place of log.format: text or json.") var logFormat:
        LogFormat?
    @Flag(help: "Log more: every dead letter and snapshot.") var verbose = false

    func run() throws {
        let configuration = try source.load()
        try ThreadLimit.check()
        let logger = Logger(
            label: "weir", level: verbose ? .debug : configuration.log.level,
            format: logFormat ?? configuration.log.format,
            context: [LogField("stream", configuration.stream)])
        defer { logger.flush() }
        let stop = StopFlag()
        let signals = Signals {
            stop.set()
            StopDeadline.begin(logger)
        }
        do {
            try serve(configuration, logger: logger, stop: stop, signals: signals)
            leave(with: .success, logger)
        } catch let code as ExitCode {
            leave(with: code, logger)
            throw code
        } catch {
            // In the log's own format, for who reads only that.
            logger.error("\(error)")
            leave(with: ExitCode(1), logger)
            throw ExitCode(1)
        }
    }

    /// Ends the process at once when a client was left behind: what exit takes apart its threads may be using.
    private func leave(with code: ExitCode, _ logger: Logger) {
        guard ClientClosing.isIncomplete else { return }
        logger.flush()
        _exit(code.rawValue)
    }

    private func serve(
        _ configuration: Configuration, logger: Logger, stop: StopFlag, signals: Signals
    ) throws {
        let service = try StreamLoop(configuration: configuration, logger: logger, stop: stop) { message in
            let text = Terminal.fixed
            let rate = text(message.number(.inputRate), 0)
            let accuracy = text(message.number(.accuracy, "window"), 3)
            let kappa = text(message.number(.kappaTemporal, "window"), 2)
            let heldOut = text(message.number(.holdOutBalancedAccuracy), 3)
            let forgetting = text(message.number(.forgetting, "peak_minus_now"), 3)
            let lag = text(message.sum(.inputLag), 0)
            let deadLetters = text(message.sum(.deadLetters), 0)
            logger.info(
                "records \(message.recordCount), labelled \(message.labelledCount), \(rate)/s, accuracy \(accuracy) (kappa-temporal \(kappa)), held out \(heldOut), forgetting \(forgetting), lag \(lag), dead letters \(deadLetters)"
            )
        }
        logger.info(
            "serving stream \(configuration.stream): \(configuration.inputTopic) on \(configuration.brokers)"
        )
        do {
            try withExtendedLifetime(signals) { try service.run() }
        } catch {
            // The stream has said why.
            throw ExitCode(1)
        }
        logger.info("stopped; the state is in \(configuration.snapshots.folder)")
    }
}

extension LogFormat: ExpressibleByArgument {}
