//! Resources that the provider has no form of its own for: through the Cloud Control API, and else in
//! a stack that holds nothing but the one.

use samc_ir::{Expr, Function, Kind, Map, Resource};

use crate::context::{Context, Plan};
use crate::hcl::{Block, Value};

impl Context<'_> {
    /// `aws_cloudcontrolapi_resource`.
    pub(crate) fn cloud_control(&self, plan: &Plan, resource: &Resource) -> Vec<Block> {
        let mut block = Block::new("resource", &["aws_cloudcontrolapi_resource", &plan.label]);
        block.set("type_name", Value::text(resource.resource_type.as_str()));
        let kind = resource.resource_type.as_str();
        let mut state = crate::desired_state::typed(self, kind, self.properties(resource));
        let upload = self.upload(plan, resource, &mut state);
        block.set("desired_state", Value::Call("jsonencode", vec![state]));
        std::iter::once(block).chain(upload).collect()
    }

    /// Local code of a function or a layer: the service takes it from a bucket alone, so it is put into one.
    fn upload(&self, plan: &Plan, resource: &Resource, state: &mut Value) -> Option<Block> {
        let key = match resource.resource_type.as_str() {
            "AWS::Lambda::Function" => "Code",
            "AWS::Lambda::LayerVersion" => "Content",
            _ => return None,
        };
        let code =
            resource.property(key).filter(|code| matches!(code.kind, Kind::Asset(_) | Kind::String(_)))?;
        let Value::Object(members) = state else { return None };
        let (_, place) = members.iter_mut().find(|(name, _)| name == key)?;
        let path = self.value(code);
        let label = self.satellite("aws_s3_object", plan, "code");
        let mut object = Block::new("resource", &["aws_s3_object", &label]);
        let of = |field: &str| Value::code(self.indexed(plan, &format!("aws_s3_object.{label}"), field));
        *place = Value::Object(vec![("S3Bucket".to_owned(), of("bucket")), ("S3Key".to_owned(), of("key"))]);
        self.uploads.set(true);
        object.set("bucket", Value::code("var.artifact_bucket"));
        object.set("key", path.clone());
        object.set("source", crate::resources::local_file(self, code));
        Some(object)
    }

    /// `aws_cloudformation_stack` around one resource.
    pub(crate) fn stack(&self, id: &str, plan: &Plan, resource: &Resource) -> Block {
        let mut block = Block::new("resource", &["aws_cloudformation_stack", &plan.label]);
        block.set("name", self.physical_name(id, 128));
        let object = |key: &str, value: Value| Value::Object(vec![(key.to_owned(), value)]);
        let mut body = vec![("Type".to_owned(), Value::text(resource.resource_type.as_str()))];
        for key in ["CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"] {
            if let Some(value) = resource.attributes.get(key) {
                body.push((key.to_owned(), self.value(value)));
            }
        }
        body.push(("Properties".to_owned(), self.properties(resource)));
        let mut outputs = vec![("Ref".to_owned(), object("Value", object("Ref", Value::text(id))))];
        for attribute in self.asked.get(id).into_iter().flatten().flatten() {
            let name: String = attribute.chars().filter(char::is_ascii_alphanumeric).collect();
            let parts = Value::List(vec![Value::text(id), Value::text(*attribute)]);
            let mut value = object("Fn::GetAtt", parts);
            if self.listed.contains(&(id, *attribute)) {
                value = object("Fn::Join", Value::List(vec![Value::text(","), value]));
            }
            if !outputs.iter().any(|(known, _)| *known == name) {
                outputs.push((name, object("Value", value)));
            }
        }
        let template = Value::Object(vec![
            ("Resources".to_owned(), object(id, Value::Object(body))),
            ("Outputs".to_owned(), Value::Object(outputs)),
        ]);
        block.set("template_body", Value::Call("jsonencode", vec![template]));
        let mut capabilities = vec![Value::text("CAPABILITY_NAMED_IAM")];
        if resource.properties.as_ref().is_some_and(has_macro) {
            capabilities.push(Value::text("CAPABILITY_AUTO_EXPAND"));
        }
        block.set("capabilities", Value::List(capabilities));
        block
    }

    /// The properties as they are in CloudFormation. Local code is uploaded by nobody here.
    fn properties(&self, resource: &Resource) -> Value {
        resource.properties.as_ref().map_or_else(|| Value::Object(Vec::new()), |p| self.value(p))
    }

    /// A list of names (under `name`) and values as an object; none where a key is computed.
    pub(crate) fn tags(&self, tags: &Expr, name: &str) -> Option<Value> {
        if let Some(map) = tags.as_map() {
            return Some(self.value(&map.clone().into()));
        }
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut may_miss = false;
        for tag in tags.as_list()? {
            if tag.is_no_value() {
                continue;
            }
            if let Some((condition, then, otherwise)) = tag.as_if() {
                let (then, missing) = (tag_of(then, name), otherwise.is_no_value());
                let ((key, value), true) = (then?, missing) else { return None };
                may_miss = true;
                let value = Expr::if_else(condition.clone(), value.clone(), Expr::no_value());
                members.push((self.tag_key(key)?, self.value(&value)));
                continue;
            }
            let (key, value) = tag_of(tag, name)?;
            may_miss |= crate::expr::is_optional(value);
            let key = self.tag_key(key)?;
            let value = self.value(value);
            match members.iter_mut().find(|(known, _)| *known == key) {
                Some(member) => member.1 = value,
                None => members.push((key, value)),
            }
        }
        let object = Value::Object(members);
        Some(if may_miss { Value::Present(Box::new(object)) } else { object })
    }

    fn tag_key(&self, key: &Expr) -> Option<String> {
        self.value(key).as_literal().map(str::to_owned)
    }
}

fn tag_of<'e>(tag: &'e Expr, name: &str) -> Option<(&'e Expr, &'e Expr)> {
    let map: &'e Map = tag.as_map()?;
    Some((map.get(name)?, map.get("Value")?))
}

/// Whether a macro is applied to a part of a value.
pub(crate) fn has_macro(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |e| {
        found |= matches!(&e.kind, Kind::Call(Function::Transform, _))
            || e.as_map().is_some_and(|map| map.contains_key("Fn::Transform"));
    });
    found
}
