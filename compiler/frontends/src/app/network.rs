//! `vpcs`: networks that exist or are made, and the functions and file systems in them.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Component as _, Function, Kind, Mount, Nat, Off, Reference, Vpc, VpcCreate, VpcImport,
};
use samc_syntax::Spanned;

use super::index;
use super::lower::{Lower, Owner};
use super::names::upper_camel;
use super::role::{self, Statements};

/// What Lambda does to put a function into a network. None of these actions has a resource level.
/// Source: the managed policy AWSLambdaVPCAccessExecutionRole.
const INTERFACES: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// Services with an endpoint of the type gateway, which costs nothing; all others have interfaces.
const GATEWAYS: [&str; 2] = ["s3", "dynamodb"];

/// Where functions of a network run.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    pub(super) subnets: Vec<Expr>,
    pub(super) groups: Vec<Expr>,
}

/// The default prefix of a network.
const CIDR: &str = "10.0.0.0/16";

/// Notes where functions of each network run.
pub(super) fn describe(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, vpc) in app.vpcs.iter().flat_map(|c| &c.0) {
        let name = key.name().as_str();
        let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { continue };
        let mut network = Network::default();
        let own_group = vpc.import.as_ref().is_none_or(|i| i.security_groups.is_none());
        if let Some(import) = &vpc.import {
            let owner = Owner::default();
            network.subnets = import.subnets.iter().map(|s| looked_up(ctx, &owner, s)).collect();
            network.groups =
                import.security_groups.iter().flatten().map(|s| looked_up(ctx, &owner, s)).collect();
        } else if let Some(create) = &vpc.create {
            let zones = zones(create);
            network.subnets = (1..=zones).map(|n| Expr::reference(format!("{id}Subnet{n}"))).collect();
        }
        if own_group {
            network.groups = vec![Expr::get_att(format!("{id}SecurityGroup"), "GroupId")];
        }
        ctx.networks.insert(name.to_owned(), network);
    }
}

fn zones(create: &VpcCreate) -> u64 {
    create.zones.as_ref().map_or(2, |z| z.value.clamp(1, 3))
}

/// An id, or what stands in the parameter store under `ssm:/path`.
fn looked_up(ctx: &mut Lower<'_>, owner: &Owner, given: &Spanned<String>) -> Expr {
    match given.value.strip_prefix("ssm:") {
        Some(path) => Expr::from(format!("{{{{resolve:ssm:{path}}}}}")).with_span(given.span),
        None => ctx.text(owner, "import", given),
    }
}

/// Puts a function into its network, and lets it see its file system.
pub(super) fn for_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    function: &Function,
    properties: &mut Map,
    statements: &mut Statements,
) {
    let name = match &function.vpc {
        Some(Spanned { value: Off::Off, .. }) => None,
        Some(Spanned { value: Off::On(name), span }) => Some(Spanned::new(name.clone(), *span)),
        None => ctx.app.defaults.as_ref().and_then(|d| d.vpc.clone()),
    };
    if let Some(mount) = &function.mount {
        if name.is_none() {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("{} sees a file system, and runs in no network", owner.origin.path),
            )
            .at(mount.efs.span, "reached from within a network only")
            .help("add `vpc` with a name under `vpcs`");
            ctx.report(owner, "mount", finding);
        }
        self::mount(ctx, owner, mount, properties, statements);
    }
    let Some(name) = name else { return };
    let reference = Reference { name: name.value.to_string(), part: None };
    let reference = Spanned::new(reference, name.span);
    if ctx.component_of(owner, "vpc", &reference, &[Kind::Vpc], "`vpc`").is_none() {
        return;
    }
    let Some(network) = ctx.networks.get(name.value.as_str()).cloned() else { return };
    let config =
        [("SecurityGroupIds", Expr::from(network.groups)), ("SubnetIds", Expr::from(network.subnets))];
    properties.insert("VpcConfig", Expr::from(config).with_span(name.span));
    statements.own.push(role::allow(INTERFACES, vec![Expr::from("*")]).with_span(name.span));
}

fn mount(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    mount: &Mount,
    properties: &mut Map,
    statements: &mut Statements,
) {
    let is_path = mount.path.value.strip_prefix("/mnt/").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    });
    if !is_path {
        let message = format!("`{}` is not a path at which Lambda mounts", mount.path.value);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(mount.path.span, "does not begin with `/mnt/`, or goes deeper")
            .help("write for example `/mnt/models`");
        ctx.report(owner, "mount.path", finding);
    }
    let arn = ctx.text(owner, "mount.efs", &mount.efs);
    let path = Expr::from(mount.path.value.as_str()).with_span(mount.path.span);
    let config = Expr::from([("Arn", arn.clone()), ("LocalMountPath", path)]);
    properties.insert("FileSystemConfigs", vec![config]);
    let actions: &[&str] = match mount.read_only.as_ref().is_some_and(|r| r.value) {
        true => &["elasticfilesystem:ClientMount"],
        false => &["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    };
    // The actions are on the file system, of which only the access point is known.
    let systems =
        Expr::sub("arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/*");
    let mut statement = role::allow(actions, vec![systems]).with_span(mount.efs.span);
    if let Some(map) = statement.as_map_mut() {
        let point = Expr::from([("elasticfilesystem:AccessPointArn", arn)]);
        map.insert("Condition", Expr::from([("StringEquals", point)]));
    }
    statements.own.push(statement);
}

/// Lowers one network.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, vpc: &Vpc) {
    let owner = ctx.owner("vpcs", name, span, vpc.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let network = match (&vpc.import, &vpc.create) {
        (Some(import), None) => imported(ctx, &owner, vpc, import),
        (None, Some(create)) => {
            self::create(ctx, &owner, &id, create);
            Some(Expr::reference(&id))
        }
        _ => {
            let message = format!("`{}` must say one of `import` and `create`", owner.origin.path);
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(span, "exists already, or is made?")
                .help("give `import` with subnets, or `create`");
            ctx.report(&owner, "", finding);
            None
        }
    };
    if let Some(network) = network {
        security_group(ctx, &owner, &id, vpc, network);
    }
}

/// The id of a network that exists, where a security group is to be made in it.
fn imported(ctx: &mut Lower<'_>, owner: &Owner, vpc: &Vpc, import: &VpcImport) -> Option<Expr> {
    if import.security_groups.is_some() {
        if let Some(allow) = vpc.allow.as_ref().and_then(|a| a.first()) {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "`allow` is for a security group that samc makes, and `security-groups` names others",
            )
            .at(allow.span, "would change nothing")
            .help("leave out one of them");
            ctx.report(owner, "allow", finding);
        }
        return None;
    }
    if import.id.is_none() {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("`{}` needs `security-groups`, or `id` to make one", owner.at("import")),
        )
        .at(owner.origin.key_span, "neither is in here");
        ctx.report(owner, "import.id", finding);
    }
    let id = import.id.as_ref()?;
    Some(looked_up(ctx, owner, id))
}

fn security_group(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, vpc: &Vpc, network: Expr) {
    let group = LogicalId::new(format!("{id}SecurityGroup"));
    let mut egress = Vec::new();
    for rule in vpc.allow.iter().flatten() {
        match egress_rule(&rule.value) {
            Some(made) => egress.push(Expr::from(made).with_span(rule.span)),
            None => {
                let message = format!("`{}` does not say what functions may connect to", rule.value);
                let finding = Diagnostic::error(codes::INVALID_VALUE, message)
                    .at(rule.span, "neither a port nor a port and addresses")
                    .help("write for example `443`, `5432 10.0.0.0/8` or `all`");
                ctx.report(owner, "allow", finding);
            }
        }
    }
    let mut properties = Map::from([("GroupDescription", Expr::from(format!("Functions of {}", ctx.name)))]);
    properties.insert("VpcId", network);
    if !egress.is_empty() {
        properties.insert("SecurityGroupEgress", egress);
    }
    ctx.taken.insert(group.to_string());
    ctx.add(&group, "AWS::EC2::SecurityGroup", properties, owner);
}

/// `443`, `5432 10.0.0.0/8`, `all`.
fn egress_rule(text: &str) -> Option<Map> {
    let mut words = text.split_whitespace();
    let (port, cidr) = (words.next()?, words.next().unwrap_or("0.0.0.0/0"));
    if words.next().is_some() || !cidr.contains('/') {
        return None;
    }
    if port == "all" {
        return Some(Map::from([("IpProtocol", "-1"), ("CidrIp", cidr)]));
    }
    let port: u16 = port.parse().ok()?;
    let mut rule = Map::from([("IpProtocol", "tcp"), ("CidrIp", cidr)]);
    rule.insert("FromPort", i64::from(port));
    rule.insert("ToPort", i64::from(port));
    Some(rule)
}

/// Makes a network: private subnets, and public ones for gateways where there are some.
fn create(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, create: &VpcCreate) {
    let cidr = match &create.cidr {
        Some(cidr) => ctx.text(owner, "create.cidr", cidr),
        None => CIDR.into(),
    };
    if let Some(zones) = &create.zones {
        ctx.number(owner, "create.zones", zones, 1, 3);
    }
    let mut properties = Map::from([("CidrBlock", cidr)]);
    properties.insert("EnableDnsSupport", true);
    properties.insert("EnableDnsHostnames", true);
    ctx.add_main(id, "AWS::EC2::VPC", properties, owner);
    let zones = zones(create);
    let nat = create.nat.as_ref().map_or(Nat::None, |n| n.value);
    if nat != Nat::None {
        internet(ctx, owner, id, zones, nat);
    }
    for n in 1..=zones {
        subnet(ctx, owner, id, &format!("{id}Subnet{n}"), n - 1, n - 1);
        let table = LogicalId::new(format!("{id}Routes{n}"));
        ctx.add(&table, "AWS::EC2::RouteTable", Map::from([("VpcId", Expr::reference(id))]), owner);
        associate(ctx, owner, id, &format!("{id}Subnet{n}"), &table);
        if nat != Nat::None {
            let gateway = if nat == Nat::Each { n } else { 1 };
            let mut route = Map::from([("RouteTableId", Expr::reference(&table))]);
            route.insert("DestinationCidrBlock", "0.0.0.0/0");
            route.insert("NatGatewayId", Expr::reference(format!("{id}Nat{gateway}")));
            ctx.add(&LogicalId::new(format!("{id}Route{n}")), "AWS::EC2::Route", route, owner);
        }
    }
    for endpoint in create.endpoints.iter().flatten() {
        self::endpoint(ctx, owner, id, zones, endpoint);
    }
}

/// A subnet: the `slice`th sixteenth of the network, in the `zone`th zone of the region.
fn subnet(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, name: &str, slice: u64, zone: u64) {
    let number = |n: u64| Expr::new(ExprKind::Int(n.into()), None);
    let zones = Expr::call(samc_ir::Function::GetAZs, Expr::from(""));
    let zone = Expr::call(samc_ir::Function::Select, vec![number(zone), zones]);
    let block = Expr::get_att(id, "CidrBlock");
    let cidrs = Expr::call(samc_ir::Function::Cidr, vec![block, number(16), number(8)]);
    let mut properties = Map::from([("VpcId", Expr::reference(id)), ("AvailabilityZone", zone)]);
    properties.insert("CidrBlock", Expr::call(samc_ir::Function::Select, vec![number(slice), cidrs]));
    ctx.add(&LogicalId::new(name), "AWS::EC2::Subnet", properties, owner);
}

fn associate(ctx: &mut Lower<'_>, owner: &Owner, _id: &LogicalId, subnet: &str, table: &LogicalId) {
    let properties =
        Map::from([("SubnetId", Expr::reference(subnet)), ("RouteTableId", Expr::reference(table))]);
    let id = LogicalId::new(format!("{subnet}Routes"));
    ctx.add(&id, "AWS::EC2::SubnetRouteTableAssociation", properties, owner);
}

/// The way to the internet: a gateway, public subnets, and in them the gateways of the private ones.
fn internet(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, zones: u64, nat: Nat) {
    let gateway = LogicalId::new(format!("{id}Internet"));
    ctx.add(&gateway, "AWS::EC2::InternetGateway", Map::new(), owner);
    let attachment = LogicalId::new(format!("{id}InternetAttachment"));
    let properties =
        Map::from([("VpcId", Expr::reference(id)), ("InternetGatewayId", Expr::reference(&gateway))]);
    ctx.add(&attachment, "AWS::EC2::VPCGatewayAttachment", properties, owner);
    let table = LogicalId::new(format!("{id}PublicRoutes"));
    ctx.add(&table, "AWS::EC2::RouteTable", Map::from([("VpcId", Expr::reference(id))]), owner);
    let mut route = Map::from([("RouteTableId", Expr::reference(&table))]);
    route.insert("DestinationCidrBlock", "0.0.0.0/0");
    route.insert("GatewayId", Expr::reference(&gateway));
    let made = ctx.add(&LogicalId::new(format!("{id}PublicRoute")), "AWS::EC2::Route", route, owner);
    made.attributes.insert("DependsOn", attachment.as_str());
    let gateways = if nat == Nat::Each { zones } else { 1 };
    for n in 1..=gateways {
        let subnet_name = format!("{id}Public{n}");
        subnet(ctx, owner, id, &subnet_name, 8 + n - 1, n - 1);
        associate(ctx, owner, id, &subnet_name, &table);
        let address = LogicalId::new(format!("{id}NatAddress{n}"));
        let made = ctx.add(&address, "AWS::EC2::EIP", Map::from([("Domain", "vpc")]), owner);
        made.attributes.insert("DependsOn", attachment.as_str());
        let mut properties = Map::from([("SubnetId", Expr::reference(subnet_name))]);
        properties.insert("AllocationId", Expr::get_att(&address, "AllocationId"));
        ctx.add(&LogicalId::new(format!("{id}Nat{n}")), "AWS::EC2::NatGateway", properties, owner);
    }
}

/// A way to a service of AWS that does not leave the network.
fn endpoint(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, zones: u64, service: &Spanned<String>) {
    let name = service.value.as_str();
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    if name.is_empty() || !fits {
        let message = format!("`{name}` is not a service with an endpoint");
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(service.span, "not the name of a service")
            .help("write it as in `com.amazonaws.REGION.NAME`, for example `sqs` or `secretsmanager`");
        ctx.report(owner, "create.endpoints", finding);
        return;
    }
    let made = index::derived(ctx, id, &format!("To{}", upper_camel(name)));
    let full = Expr::sub(format!("com.amazonaws.${{AWS::Region}}.{name}")).with_span(service.span);
    let mut properties = Map::from([("VpcId", Expr::reference(id)), ("ServiceName", full)]);
    if GATEWAYS.contains(&name) {
        properties.insert("VpcEndpointType", "Gateway");
        let tables: Vec<Expr> = (1..=zones).map(|n| Expr::reference(format!("{id}Routes{n}"))).collect();
        properties.insert("RouteTableIds", tables);
    } else {
        properties.insert("VpcEndpointType", "Interface");
        properties.insert("PrivateDnsEnabled", true);
        let subnets: Vec<Expr> = (1..=zones).map(|n| Expr::reference(format!("{id}Subnet{n}"))).collect();
        properties.insert("SubnetIds", subnets);
        let group = endpoint_group(ctx, owner, id);
        properties.insert("SecurityGroupIds", vec![group]);
    }
    ctx.add(&made, "AWS::EC2::VPCEndpoint", properties, owner);
}

/// The security group of endpoints: HTTPS from within the network.
fn endpoint_group(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId) -> Expr {
    let group = LogicalId::new(format!("{id}EndpointGroup"));
    if !ctx.template.resources.contains_key(&group) {
        let mut rule = Map::from([("IpProtocol", Expr::from("tcp"))]);
        rule.insert("CidrIp", Expr::get_att(id, "CidrBlock"));
        rule.insert("FromPort", 443);
        rule.insert("ToPort", 443);
        let text = format!("Endpoints of {}", ctx.name);
        let mut properties = Map::from([("GroupDescription", Expr::from(text))]);
        properties.insert("VpcId", Expr::reference(id));
        properties.insert("SecurityGroupIngress", vec![Expr::from(rule)]);
        ctx.add(&group, "AWS::EC2::SecurityGroup", properties, owner);
    }
    Expr::get_att(&group, "GroupId")
}
