/// Thrown by a command that does nothing but print its help.
struct HelpRequest: Error {}
