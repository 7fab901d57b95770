using System.CommandLine;
using Carillon.Commands;

// A stop is the server's own business and has ten seconds; the library's limit only ends what hangs.
return await CommandLine.Build().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(12) });
