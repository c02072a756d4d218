"""Analytics as a service: what of what is shared touches what a member must protect, asked at the member's node.

A node's assets and detections stay at the node. The federation has of them what the member marked as shared: the
registry of what crosses borders.
"""
