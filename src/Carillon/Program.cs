using Carillon.Commands;

return await CommandLine.Build().Parse(args).InvokeAsync();
