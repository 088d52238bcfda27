"""Amazon EC2's networks: VPCs and what belongs to them, kept as documents with AWS's ids and relations.

Differs: nothing is routed by them. What a job reaches is its sandbox's to say, whatever its VPC, its security groups
and its routes would; so no traffic passes a NAT gateway or an endpoint, and a flow log stays empty.
"""
