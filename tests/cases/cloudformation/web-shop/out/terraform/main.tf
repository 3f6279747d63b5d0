# Written by samc from template.yaml; the next build writes it anew.

data "aws_secretsmanager_secret_version" "secret" {
  secret_id = aws_secretsmanager_secret_version.password.arn
}

# Balancer (AWS::ElasticLoadBalancingV2::LoadBalancer), template.yaml:11
resource "aws_lb" "balancer" {
  name               = "${var.stack_name}-Balancer"
  internal           = false
  load_balancer_type = "application"
  subnets            = var.subnets
  idle_timeout       = "30"
  enable_http2       = true
}

# Group (AWS::ElasticLoadBalancingV2::TargetGroup), template.yaml:22
resource "aws_lb_target_group" "group" {
  name                 = "${var.stack_name}-Group"
  vpc_id               = var.network
  port                 = 80
  protocol             = "HTTP"
  target_type          = "ip"
  deregistration_delay = "10"

  health_check {
    path                = "/health"
    matcher             = "200"
    interval            = 30
    healthy_threshold   = 5
    unhealthy_threshold = 2
  }
}

# Listener (AWS::ElasticLoadBalancingV2::Listener), template.yaml:35
resource "aws_lb_listener" "listener" {
  load_balancer_arn = aws_lb.balancer.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.group.arn
  }
}

# Checkout (AWS::ElasticLoadBalancingV2::ListenerRule), template.yaml:44
resource "aws_lb_listener_rule" "checkout" {
  listener_arn = aws_lb_listener.listener.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/checkout/*"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.group.arn
  }
}

# Cluster (AWS::ECS::Cluster), template.yaml:55
resource "aws_ecs_cluster" "cluster" {
  name = "${var.stack_name}-Cluster"
}

resource "aws_ecs_cluster_capacity_providers" "cluster" {
  cluster_name       = aws_ecs_cluster.cluster.name
  capacity_providers = ["FARGATE"]
}

# Task (AWS::ECS::TaskDefinition), template.yaml:59
resource "aws_ecs_task_definition" "task" {
  family                   = "${var.stack_name}-Task"
  cpu                      = "256"
  memory                   = "512"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]

  container_definitions = jsonencode([
    {
      name      = "shop"
      image     = "public.ecr.aws/nginx/nginx:latest"
      essential = true
      portMappings = [
        {
          containerPort = var.port
        },
      ]
      environment = [
        {
          name  = "RETRIES"
          value = "3"
        },
      ]
      dockerLabels = {
        Team = "shop"
      }
    },
  ])
}

# Service (AWS::ECS::Service), template.yaml:77
resource "aws_ecs_service" "service" {
  name                       = "${var.stack_name}-Service"
  cluster                    = aws_ecs_cluster.cluster.name
  task_definition            = aws_ecs_task_definition.task.arn
  launch_type                = "FARGATE"
  deployment_maximum_percent = 150

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = true
    subnets          = var.subnets
  }

  load_balancer {
    container_name   = "shop"
    container_port   = var.port
    target_group_arn = aws_lb_target_group.group.arn
  }

  desired_count         = 1
  wait_for_steady_state = true
  depends_on            = [aws_lb_listener.listener]
}

# Password (AWS::SecretsManager::Secret), template.yaml:97
resource "aws_secretsmanager_secret" "password" {
  name = "${var.stack_name}-Password"
}

ephemeral "aws_secretsmanager_random_password" "password" {
  password_length    = 24
  exclude_characters = "\"@/\\"
}

resource "aws_secretsmanager_secret_version" "password" {
  secret_id                = aws_secretsmanager_secret.password.id
  secret_string_wo         = jsonencode(merge(jsondecode("{\"username\": \"shop\"}"), { password = ephemeral.aws_secretsmanager_random_password.password.random_password }))
  secret_string_wo_version = 1
}

# Orders (AWS::RDS::DBCluster), template.yaml:105
resource "aws_rds_cluster" "orders" {
  cluster_identifier        = lower("${var.stack_name}-Orders")
  engine                    = "aurora-postgresql"
  master_username           = jsondecode(data.aws_secretsmanager_secret_version.secret.secret_string)["username"]
  master_password           = jsondecode(data.aws_secretsmanager_secret_version.secret.secret_string)["password"]
  apply_immediately         = true
  final_snapshot_identifier = lower("${var.stack_name}-Orders-final")
}

# OrdersWriter (AWS::RDS::DBInstance), template.yaml:112
resource "aws_rds_cluster_instance" "orders_writer" {
  identifier         = lower("${var.stack_name}-OrdersWriter")
  cluster_identifier = aws_rds_cluster.orders.cluster_identifier
  instance_class     = "db.t4g.medium"
  engine             = "aurora-postgresql"
  apply_immediately  = true
}

# Audit (AWS::RDS::DBInstance), template.yaml:118
resource "aws_db_instance" "audit" {
  identifier                  = lower("${var.stack_name}-Audit")
  instance_class              = "db.t4g.micro"
  engine                      = "postgres"
  allocated_storage           = "20"
  username                    = "audit"
  manage_master_user_password = true
  apply_immediately           = true
  skip_final_snapshot         = true
}

# Front (AWS::CloudFront::Distribution), template.yaml:127
resource "aws_cloudfront_distribution" "front" {
  enabled = true

  origin {
    origin_id   = "shop"
    domain_name = aws_lb.balancer.dns_name

    custom_origin_config {
      origin_protocol_policy = "http-only"
      http_port              = 80
      https_port             = 443
      origin_ssl_protocols   = ["TLSv1", "SSLv3"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "shop"
    viewer_protocol_policy = "redirect-to-https"

    forwarded_values {
      query_string = true

      cookies {
        forward = "none"
      }
    }

    allowed_methods = ["GET", "HEAD"]
    cached_methods  = ["GET", "HEAD"]
  }

  http_version = "http1.1"

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
