// Parses T-SQL with Microsoft's own parser of each release, and reports what does more than read.
//
// Input: a JSON array of { name, major, sql, mayWrite? } on standard input. Output: one line per problem; exit code 1
// when there are any.
using System.Text.Json;
using Microsoft.SqlServer.TransactSql.ScriptDom;

var statements = JsonSerializer.Deserialize<Statement[]>(
    Console.In.ReadToEnd(), new JsonSerializerOptions { PropertyNameCaseInsensitive = true }) ?? [];
var problems = statements.SelectMany(Problems).ToList();
foreach (var problem in problems) Console.WriteLine(problem);
Console.WriteLine($"{statements.Length} statements, {problems.Count} problems");
return problems.Count == 0 && statements.Length > 0 ? 0 : 1;

static IEnumerable<string> Problems(Statement statement)
{
    var tree = ParserOf(statement.Major).Parse(new StringReader(statement.Sql), out var errors);
    var found = errors.Select(error => $"line {error.Line}: {error.Message}").ToList();
    if (found.Count == 0 && !statement.MayWrite)
    {
        var reading = new OnlyReads();
        tree.Accept(reading);
        found = reading.Found;
    }
    return found.Select(problem => $"{statement.Name}, version {statement.Major}: {problem}");
}

static TSqlParser ParserOf(int major) => major switch
{
    10 => new TSql100Parser(true),
    11 => new TSql110Parser(true),
    12 => new TSql120Parser(true),
    13 => new TSql130Parser(true),
    14 => new TSql140Parser(true),
    15 => new TSql150Parser(true),
    16 => new TSql160Parser(true),
    17 => new TSql170Parser(true),
    _ => throw new ArgumentException($"There is no parser for version {major}."),
};

record Statement(string Name, int Major, string Sql, bool MayWrite = false);

/// <summary>Nothing but SELECT, SET of the session, DECLARE, USE and DBCC TRACESTATUS; no other server, no file, no
/// sequence.</summary>
class OnlyReads : TSqlFragmentVisitor
{
    public List<string> Found { get; } = [];

    public override void Visit(TSqlStatement statement)
    {
        var reads = statement switch
        {
            SelectStatement select => select.Into is null,
            DbccStatement dbcc => dbcc.Command == DbccCommand.TraceStatus,
            DeclareVariableStatement or SetVariableStatement or UseStatement => true,
            PredicateSetStatement or SetCommandStatement or SetTransactionIsolationLevelStatement or SetTextSizeStatement => true,
            _ => false,
        };
        if (!reads) Found.Add($"{statement.GetType().Name} does not only read");
    }

    public override void Visit(TableReference table)
    {
        if (table is OpenQueryTableReference or OpenRowsetTableReference or BulkOpenRowset or AdHocTableReference
            or OpenXmlTableReference or DataModificationTableReference)
            Found.Add($"{table.GetType().Name} reaches elsewhere");
    }

    public override void Visit(NextValueForExpression sequence) => Found.Add("NEXT VALUE FOR changes a sequence");

    public override void Visit(SchemaObjectName name)
    {
        if (name.ServerIdentifier is not null) Found.Add($"{name.ServerIdentifier.Value} is another server");
    }
}
