"""What a release needs besides the package: the Space's folder, the wheel tried out, the pictures of the README."""
