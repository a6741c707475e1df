[CCode (cname = "EXAMPLES_DIRECTORY")]
public const string EXAMPLES_DIRECTORY;
