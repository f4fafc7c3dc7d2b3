/// Name, texts and subcommands of a command.
public struct CommandConfiguration: Sendable {
    /// What users type; made from the type's name if nil: `ReadFile` is `read-file`.
    public var commandName: String?
    /// What the command does, in a sentence.
    public var abstract: String
    /// More about it. Paragraphs are wrapped; lines that begin with two spaces stay as they are.
    public var discussion: String
    /// What `--version` prints, of the root command; without it there is no `--version`.
    public var version: String
    /// The commands under it.
    public var subcommands: [any ParsableCommand.Type]
    /// The one of the subcommands that runs if none is named.
    public var defaultSubcommand: (any ParsableCommand.Type)?

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - commandName: What users type; made from the type's name if nil.
    ///   - abstract: What the command does, in a sentence.
    ///   - discussion: More about it.
    ///   - version: What `--version` prints, of the root command.
    ///   - subcommands: The commands under it. A command with subcommands may have no options of its own.
    ///   - defaultSubcommand: The one of the subcommands that runs if none is named.
    public init(
        commandName: String? = nil, abstract: String = "", discussion: String = "", version: String = "",
        subcommands: [any ParsableCommand.Type] = [], defaultSubcommand: (any ParsableCommand.Type)? = nil
    ) {
        self.commandName = commandName
        self.abstract = abstract
        self.discussion = discussion
        self.version = version
        self.subcommands = subcommands
        self.defaultSubcommand = defaultSubcommand
    }
}
