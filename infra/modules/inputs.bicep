// Checks inputs that Azure would refuse late, or take and ignore. Each complaint names the variable; a layer with one
// fails before it begins.
import { listOf, Tags } from 'shared.bicep'

func typeOf(id string) string =>
  toLower('${split(id, '/')[?6] ?? ''}/${split(id, '/')[?7] ?? ''}${length(split(id, '/')) == 11 ? '/${split(id, '/')[?9] ?? ''}' : ''}')

func isResource(id string, type string) bool =>
  startsWith(toLower(id), '/subscriptions/') && !contains(id, '//') && !endsWith(id, '/') && length(split(id, '/')) == 5 + 2 * length(split(type, '/')) && typeOf(id) == toLower(type)

@export()
@description('Complaints about ids that are not of the type.')
func wrongIds(variable string, ids string[], type string) string[] =>
  map(filter(ids, id => !isResource(id, type)), id => '${variable}: "${id}" is not the resource id of a ${type}.')

@export()
@description('The same for one id that may be empty.')
func wrongId(variable string, id string, type string) string[] => empty(id) ? [] : wrongIds(variable, [id], type)

@export()
func wrongTargets(variable string, ids string[]) string[] =>
  map(
    filter(ids, id => !isResource(id, 'Microsoft.SqlVirtualMachine/sqlVirtualMachines')),
    id =>
      isResource(id, 'Microsoft.Compute/virtualMachines')
        ? '${variable}: "${id}" is the machine. The SQL virtual machine is asked for: az sql vm show --query id.'
        : '${variable}: "${id}" is not the resource id of a Microsoft.SqlVirtualMachine/sqlVirtualMachines.'
  )

@export()
@description('A complaint when the condition holds.')
func complaintIf(isWrong bool, complaint string) string[] => isWrong ? [complaint] : []

@export()
@description('An input that matters in some cases only.')
type Conditional = {
  variable: string

  @description('Somebody set it: it is not empty, or not its default.')
  isSet: bool
  counts: bool

  @description('When it does, in words.')
  when: string
}

@export()
@description('Complaints about inputs that would be taken, and nothing done with them.')
func idle(inputs Conditional[]) string[] =>
  map(
    filter(inputs, input => input.isSet && !input.counts),
    input => '${input.variable}: it would be taken and nothing done with it, since it counts only ${input.when}. Remove it, or change what it depends on.'
  )

func isOneOf(text string, from int, to int) bool => contains(map(range(from, to - from + 1), number => '${number}'), text)

func isAddress(text string) bool =>
  length(split(text, '.')) == 4 && empty(filter(split(text, '.'), part => !isOneOf(part, 0, 255)))

func addressOf(text string) string => split(text, '/')[0]

func prefixOf(text string) string => split(text, '/')[?1] ?? ''

func isRange(text string, from int, to int) bool =>
  length(split(text, '/')) == 2 && isAddress(addressOf(text)) && isOneOf(prefixOf(text), from, to)

// Two ranges share addresses when the larger one begins where the other does, cut to its size.
func overlaps(one string, other string) bool =>
  parseCidr('${addressOf(one)}/${min(int(prefixOf(one)), int(prefixOf(other)))}').network == parseCidr('${addressOf(other)}/${min(int(prefixOf(one)), int(prefixOf(other)))}').network

// RFC 6890: this network, private ones, carriers', a machine's own, link-local, multicast and reserved.
func isPrivate(text string) bool =>
  !empty(filter(
    [
      '0.0.0.0/8'
      '10.0.0.0/8'
      '100.64.0.0/10'
      '127.0.0.0/8'
      '169.254.0.0/16'
      '172.16.0.0/12'
      '192.168.0.0/16'
      '224.0.0.0/3'
    ],
    range => overlaps(range, contains(text, '/') ? text : '${text}/32')
  ))

func isOffBorder(text string) bool => contains(text, '/') && parseCidr(text).network != addressOf(text)

func offBorder(variable string, text string) string =>
  '${variable}: "${text}" does not begin at a border of its size; did you mean ${parseCidr(text).network}/${prefixOf(text)}?'

func isFirewallAddress(text string) bool => isAddress(text) || isRange(text, 1, 30)

@export()
@description('Of a storage account\'s firewall: single public addresses, and public ranges down to /30.')
func wrongPublicAddresses(variable string, addresses string[]) string[] =>
  concat(
    map(
      filter(addresses, one => !isFirewallAddress(one)),
      one => '${variable}: "${one}" is neither an IPv4 address nor a range from /1 to /30; name the addresses of a /31 or /32 singly.'
    ),
    map(
      filter(addresses, one => isFirewallAddress(one) && isPrivate(one)),
      one => '${variable}: "${one}" is not public, or holds addresses that are not. A storage firewall knows public addresses; let a private network in by its subnet.'
    ),
    map(filter(addresses, one => isRange(one, 1, 30) && isOffBorder(one)), one => offBorder(variable, one))
  )

@export()
@description('Of the app\'s access restrictions.')
func wrongCallerAddresses(variable string, addresses string[]) string[] =>
  map(
    filter(addresses, one => !isAddress(one) && !isRange(one, 1, 32)),
    one => '${variable}: "${one}" is neither an IPv4 address nor a range.'
  )

@export()
@description('Of the network that is created: the app\'s subnet takes a /26 of it.')
func wrongNetworkRange(variable string, text string) string[] =>
  !isRange(text, 24, 26)
    ? ['${variable}: "${text}" is not a range from /24 to /26, such as 10.83.0.0/24.']
    : isOffBorder(text) ? [offBorder(variable, text)] : []

func isMadeOf(text string, letters string) bool =>
  empty(filter(map(range(0, length(text)), position => substring(text, position, 1)), one => !contains(letters, one)))

@export()
@description('Of a blob container.')
func wrongContainer(variable string, name string) string[] =>
  complaintIf(
    !isMadeOf(name, 'abcdefghijklmnopqrstuvwxyz0123456789-') || startsWith(name, '-') || endsWith(name, '-') || contains(name, '--'),
    '${variable}: "${name}" is no name of a container: lower-case letters, digits, and single hyphens between them.'
  )

@export()
func wrongMailAddresses(variable string, addresses string[]) string[] =>
  map(
    filter(addresses, one => length(split(one, '@')) != 2 || startsWith(one, '@') || endsWith(one, '@') || contains(one, ' ')),
    one => '${variable}: "${one}" is not a mail address.'
  )

@export()
@description('The zone in which private endpoints of blobs have their names: another one would be taken, and ask nobody.')
func wrongBlobZone(variable string, id string) string[] =>
  complaintIf(
    !empty(id) && !startsWith(toLower(last(split(id, '/'))), 'privatelink.blob.'),
    '${variable}: "${id}" is not a zone privatelink.blob.…, in which private endpoints of blobs have their names.'
  )

@export()
@description('Ids of preflight checks; shared/config.ts asks for the same.')
func wrongChecks(variable string, text string) string[] =>
  concat(
    map(
      filter(listOf(text), one => length(one) != 3 || !startsWith(one, 'P') || !isMadeOf(skip(one, 1), '0123456789')),
      one => '${variable}: "${one}" is no id of a preflight check, such as P05.'
    ),
    map(
      filter(listOf(text), one => contains(['P13', 'P14', 'P15', 'P20', 'P28'], one)),
      one => '${variable}: ${one} holds up a start whatever stands here. Remove it.'
    )
  )

@export()
@description('When a timer fires; shared/config.ts asks for the same.')
func wrongSchedule(variable string, text string) string[] =>
  complaintIf(
    length(split(text, ' ')) != 6 || contains(split(text, ' '), ''),
    '${variable}: "${text}" is no NCRONTAB expression of six fields, such as 0 */10 * * * *.'
  )

@export()
func wrongTags(variable string, tags Tags) string[] =>
  map(filter(items(tags), tag => empty(tag.key) || empty(tag.value)), tag => '${variable}: "${tag.key}" has no value; name=value is asked for.')

@export()
@description('Which clouds is sqlferry made for? The addresses of all of them are in shared/azure/clouds.ts.')
func cloudRefusal(cloud string) string =>
  cloud == 'AzureCloud'
    ? ''
    : 'This is ${cloud}. sqlferry is made for AzureCloud: whether Flex Consumption and DMS are offered here, and which audience Event Grid takes identities for, nobody has tried.'

@export()
@description('Of a taken subnet\'s network.')
func networkRefusal(region string, location string) string =>
  toLower(region) == toLower(replace(location, ' ', ''))
    ? ''
    : 'EXISTING_APP_SUBNET_RESOURCE_ID: its network is in ${region}, not in ${location}, and an app can only be integrated with a subnet of its own region.'

@export()
@description('Of what a taken system topic tells.')
func topicRefusal(source string, accountId string) string =>
  toLower(source) == toLower(accountId)
    ? ''
    : 'EXISTING_SYSTEM_TOPIC_RESOURCE_ID: this topic tells of another account (${source}), and no event of ${accountId} would come: az eventgrid system-topic list shows each with its source.'
